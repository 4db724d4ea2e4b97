CREATE TABLE "build" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"host_id" uuid NOT NULL,
	"process_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "build_cache" (
	"tenant_id" uuid NOT NULL,
	"key" text NOT NULL,
	"config" text NOT NULL,
	"layers_id" text,
	"used_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "build_cache_tenant_id_key_pk" PRIMARY KEY("tenant_id","key")
);
--> statement-breakpoint
CREATE TABLE "build_container" (
	"build_id" uuid NOT NULL,
	"container_id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	CONSTRAINT "build_container_build_id_container_id_pk" PRIMARY KEY("build_id","container_id")
);
--> statement-breakpoint
ALTER TABLE "image" ADD COLUMN "history" jsonb;--> statement-breakpoint
ALTER TABLE "build" ADD CONSTRAINT "build_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "build" ADD CONSTRAINT "build_host_id_host_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."host"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "build_cache" ADD CONSTRAINT "build_cache_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "build_cache" ADD CONSTRAINT "build_cache_layers_id_image_id_fk" FOREIGN KEY ("layers_id") REFERENCES "public"."image"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "build_container" ADD CONSTRAINT "build_container_build_id_build_id_fk" FOREIGN KEY ("build_id") REFERENCES "public"."build"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "build_container" ADD CONSTRAINT "build_container_container_id_container_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."container"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "build_container" ADD CONSTRAINT "build_container_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "build_tenant" ON "build" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "build_cache_layers" ON "build_cache" USING btree ("layers_id");--> statement-breakpoint
DO $$
DECLARE
  owned text;
BEGIN
  FOREACH owned IN ARRAY ARRAY['build', 'build_container', 'build_cache'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    EXECUTE format('CREATE POLICY tenant ON %I TO berth_tenant USING (tenant_id = berth_tenant_id()) WITH CHECK (tenant_id = berth_tenant_id())', owned);
    EXECUTE format('CREATE POLICY system ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', owned);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO berth_tenant', owned);
  END LOOP;
END $$;
