ALTER TABLE "publication" ADD COLUMN "deployment_id" uuid;--> statement-breakpoint
ALTER TABLE "client_certificate" ADD COLUMN "scopes" text[] DEFAULT '{"read","run","exec","deploy","admin"}' NOT NULL;--> statement-breakpoint
ALTER TABLE "client_certificate" ADD COLUMN "deployments" text[];--> statement-breakpoint
ALTER TABLE "client_certificate" ADD COLUMN "addresses" "cidr"[];--> statement-breakpoint
ALTER TABLE "client_certificate" ADD COLUMN "last_used_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "token" ADD COLUMN "scopes" text[] DEFAULT '{"read","run","exec","deploy","admin"}' NOT NULL;--> statement-breakpoint
ALTER TABLE "token" ADD COLUMN "deployments" text[];--> statement-breakpoint
ALTER TABLE "token" ADD COLUMN "addresses" "cidr"[];--> statement-breakpoint
ALTER TABLE "token" ADD COLUMN "last_used_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "publication" ADD CONSTRAINT "publication_deployment_id_deployment_id_fk" FOREIGN KEY ("deployment_id") REFERENCES "public"."deployment"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "publication_deployment" ON "publication" USING btree ("deployment_id");