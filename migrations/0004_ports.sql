CREATE TABLE "host_port" (
	"host_id" uuid NOT NULL,
	"address" text NOT NULL,
	"protocol" text NOT NULL,
	"port" integer NOT NULL,
	"container_id" uuid NOT NULL,
	"container_port" integer NOT NULL,
	CONSTRAINT "host_port_host_id_protocol_port_pk" PRIMARY KEY("host_id","protocol","port")
);
--> statement-breakpoint
CREATE TABLE "publication" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"edge_address" text DEFAULT 'default' NOT NULL,
	"loopback" boolean DEFAULT false NOT NULL,
	"protocol" text NOT NULL,
	"port" integer NOT NULL,
	"container_id" uuid,
	"container_port" integer NOT NULL,
	"proxy_protocol" boolean DEFAULT false NOT NULL,
	"state" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "publication_target" (
	"publication_id" uuid NOT NULL,
	"container_id" uuid NOT NULL,
	"state" text NOT NULL,
	"drain_until" timestamp with time zone,
	CONSTRAINT "publication_target_publication_id_container_id_pk" PRIMARY KEY("publication_id","container_id")
);
--> statement-breakpoint
ALTER TABLE "host" ADD COLUMN "address" text;--> statement-breakpoint
ALTER TABLE "host_port" ADD CONSTRAINT "host_port_host_id_host_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."host"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "host_port" ADD CONSTRAINT "host_port_container_id_container_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."container"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "publication" ADD CONSTRAINT "publication_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "publication" ADD CONSTRAINT "publication_container_id_container_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."container"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "publication_target" ADD CONSTRAINT "publication_target_publication_id_publication_id_fk" FOREIGN KEY ("publication_id") REFERENCES "public"."publication"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "publication_target" ADD CONSTRAINT "publication_target_container_id_container_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."container"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "host_port_container" ON "host_port" USING btree ("container_id","protocol","container_port");--> statement-breakpoint
CREATE UNIQUE INDEX "publication_port" ON "publication" USING btree ("edge_address","protocol","port") WHERE state <> 'kept';--> statement-breakpoint
CREATE INDEX "publication_container" ON "publication" USING btree ("container_id");--> statement-breakpoint
CREATE INDEX "publication_target_container" ON "publication_target" USING btree ("container_id");