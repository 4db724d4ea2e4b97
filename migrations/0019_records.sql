CREATE TABLE "container_record" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"engine_id" text NOT NULL,
	"name" text NOT NULL,
	"image" text NOT NULL,
	"deployment" text,
	"revision" integer,
	"created_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	"exit_code" integer,
	"oom_killed" boolean DEFAULT false NOT NULL,
	"error" text DEFAULT '' NOT NULL,
	"removed_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"log_lines" integer,
	"log_truncated" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
ALTER TABLE "installation" ADD COLUMN "wrapped_key" "bytea";--> statement-breakpoint
ALTER TABLE "tenant" ADD COLUMN "record_days" integer DEFAULT 7 NOT NULL;--> statement-breakpoint
ALTER TABLE "container_record" ADD CONSTRAINT "container_record_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "container_record_tenant" ON "container_record" USING btree ("tenant_id","removed_at","id");--> statement-breakpoint
CREATE INDEX "container_record_removed" ON "container_record" USING btree ("removed_at");--> statement-breakpoint
ALTER TABLE container_record ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE container_record FORCE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY tenant ON container_record TO berth_tenant USING (tenant_id = berth_tenant_id()) WITH CHECK (tenant_id = berth_tenant_id());--> statement-breakpoint
CREATE POLICY system ON container_record TO CURRENT_USER USING (true) WITH CHECK (true);--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON container_record TO berth_tenant;
