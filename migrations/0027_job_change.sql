ALTER TABLE "job" ADD COLUMN "secret_versions" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "job" ADD COLUMN "spec_version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "job_run" ADD COLUMN "spec" jsonb;--> statement-breakpoint
ALTER TABLE "job_run" ADD COLUMN "image_id" text;--> statement-breakpoint
ALTER TABLE "job_run" ADD COLUMN "secret_versions" jsonb;--> statement-breakpoint
CREATE INDEX "job_run_container" ON "job_run" USING btree ("container_id");