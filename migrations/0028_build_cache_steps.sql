ALTER TABLE "build_cache" ADD COLUMN "image_id" text;--> statement-breakpoint
ALTER TABLE "build_cache" ADD COLUMN "parent_id" text;--> statement-breakpoint
ALTER TABLE "build_cache" ADD COLUMN "created_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "build_cache" ADD COLUMN "uses" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "build_cache_image" ON "build_cache" USING btree ("tenant_id","image_id");--> statement-breakpoint
UPDATE "build_cache" SET "image_id" = 'sha256:' || encode(sha256(convert_to("config", 'UTF8')), 'hex') WHERE "config" <> '';
