CREATE TABLE "container" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"host_id" uuid NOT NULL,
	"group_id" uuid,
	"name" text NOT NULL,
	"engine_id" text,
	"state" text NOT NULL,
	"spec" jsonb NOT NULL,
	"image_id" text NOT NULL,
	"isolation" text NOT NULL,
	"remove_volumes" boolean DEFAULT false NOT NULL,
	"started_once" boolean DEFAULT false NOT NULL,
	"keep_until" timestamp with time zone,
	"demand_memory_bytes" bigint NOT NULL,
	"demand_nano_cpus" bigint NOT NULL,
	"held" boolean DEFAULT false NOT NULL,
	"observed" jsonb,
	"observed_at" timestamp with time zone,
	"process_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"removed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "exec" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"container_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "host" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"url" text NOT NULL,
	"sealed_tls" "bytea",
	"labels" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"state" text DEFAULT 'joining' NOT NULL,
	"cordoned" boolean DEFAULT false NOT NULL,
	"memory_bytes" bigint DEFAULT 0 NOT NULL,
	"nano_cpus" bigint DEFAULT 0 NOT NULL,
	"reserved_memory_bytes" bigint DEFAULT 0 NOT NULL,
	"reserved_nano_cpus" bigint DEFAULT 0 NOT NULL,
	"engine_version" text DEFAULT '' NOT NULL,
	"api_version" text DEFAULT '' NOT NULL,
	"architecture" text DEFAULT '' NOT NULL,
	"runtimes" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"seen_at" timestamp with time zone,
	"keeper" uuid,
	"keeper_until" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "host_name_unique" UNIQUE("name"),
	CONSTRAINT "host_url_unique" UNIQUE("url"),
	CONSTRAINT "host_not_overfilled" CHECK ("host"."reserved_memory_bytes" >= 0 and "host"."reserved_nano_cpus" >= 0)
);
--> statement-breakpoint
CREATE TABLE "image" (
	"id" text PRIMARY KEY NOT NULL,
	"document" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "image_grant" (
	"tenant_id" uuid NOT NULL,
	"image_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "image_grant_tenant_id_image_id_pk" PRIMARY KEY("tenant_id","image_id")
);
--> statement-breakpoint
CREATE TABLE "image_location" (
	"image_id" text NOT NULL,
	"host_id" uuid NOT NULL,
	CONSTRAINT "image_location_image_id_host_id_pk" PRIMARY KEY("image_id","host_id")
);
--> statement-breakpoint
CREATE TABLE "image_reference" (
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"image_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "image_reference_tenant_id_name_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
CREATE TABLE "authority" (
	"purpose" text PRIMARY KEY NOT NULL,
	"certificate" text NOT NULL,
	"sealed_key" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "installation" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "installation_only" CHECK ("installation"."only")
);
--> statement-breakpoint
CREATE TABLE "process" (
	"id" uuid PRIMARY KEY NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "network" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"group_id" uuid,
	"name" text NOT NULL,
	"internal" boolean DEFAULT false NOT NULL,
	"labels" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "network_realization" (
	"network_id" text NOT NULL,
	"host_id" uuid NOT NULL,
	"subnet_index" integer NOT NULL,
	"engine_id" text,
	CONSTRAINT "network_realization_network_id_host_id_pk" PRIMARY KEY("network_id","host_id"),
	CONSTRAINT "network_realization_subnetIndex_unique" UNIQUE("subnet_index")
);
--> statement-breakpoint
CREATE TABLE "placement_group" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"key" text NOT NULL,
	"host_id" uuid
);
--> statement-breakpoint
CREATE TABLE "volume" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"group_id" uuid,
	"host_id" uuid,
	"name" text NOT NULL,
	"engine_name" text NOT NULL,
	"anonymous" boolean DEFAULT false NOT NULL,
	"labels" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "volume_engineName_unique" UNIQUE("engine_name")
);
--> statement-breakpoint
CREATE TABLE "client_certificate" (
	"serial" text PRIMARY KEY NOT NULL,
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "client_certificate_id_unique" UNIQUE("id")
);
--> statement-breakpoint
CREATE TABLE "tenant" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tenant_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "token" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid,
	"name" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"prefix" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "container" ADD CONSTRAINT "container_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "container" ADD CONSTRAINT "container_host_id_host_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."host"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "container" ADD CONSTRAINT "container_group_id_placement_group_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."placement_group"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "exec" ADD CONSTRAINT "exec_container_id_container_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."container"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_grant" ADD CONSTRAINT "image_grant_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_grant" ADD CONSTRAINT "image_grant_image_id_image_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."image"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_location" ADD CONSTRAINT "image_location_image_id_image_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."image"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_location" ADD CONSTRAINT "image_location_host_id_host_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."host"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_reference" ADD CONSTRAINT "image_reference_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "image_reference" ADD CONSTRAINT "image_reference_image_id_image_id_fk" FOREIGN KEY ("image_id") REFERENCES "public"."image"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "network" ADD CONSTRAINT "network_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "network" ADD CONSTRAINT "network_group_id_placement_group_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."placement_group"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "network_realization" ADD CONSTRAINT "network_realization_network_id_network_id_fk" FOREIGN KEY ("network_id") REFERENCES "public"."network"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "network_realization" ADD CONSTRAINT "network_realization_host_id_host_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."host"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "placement_group" ADD CONSTRAINT "placement_group_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "placement_group" ADD CONSTRAINT "placement_group_host_id_host_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."host"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "volume" ADD CONSTRAINT "volume_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "volume" ADD CONSTRAINT "volume_group_id_placement_group_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."placement_group"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "volume" ADD CONSTRAINT "volume_host_id_host_id_fk" FOREIGN KEY ("host_id") REFERENCES "public"."host"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "client_certificate" ADD CONSTRAINT "client_certificate_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "token" ADD CONSTRAINT "token_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "container_name" ON "container" USING btree ("tenant_id","name") WHERE state in ('creating', 'created');--> statement-breakpoint
CREATE UNIQUE INDEX "container_engine_id" ON "container" USING btree ("engine_id");--> statement-breakpoint
CREATE INDEX "container_host" ON "container" USING btree ("host_id","state");--> statement-breakpoint
CREATE INDEX "container_tenant" ON "container" USING btree ("tenant_id","state");--> statement-breakpoint
CREATE INDEX "exec_container" ON "exec" USING btree ("container_id");--> statement-breakpoint
CREATE INDEX "image_reference_image" ON "image_reference" USING btree ("tenant_id","image_id");--> statement-breakpoint
CREATE UNIQUE INDEX "network_name" ON "network" USING btree ("tenant_id","name") WHERE state = 'active';--> statement-breakpoint
CREATE INDEX "network_tenant" ON "network" USING btree ("tenant_id");--> statement-breakpoint
CREATE UNIQUE INDEX "placement_group_key" ON "placement_group" USING btree ("tenant_id","key");--> statement-breakpoint
CREATE UNIQUE INDEX "volume_name" ON "volume" USING btree ("tenant_id","name") WHERE state = 'active';--> statement-breakpoint
CREATE INDEX "volume_tenant" ON "volume" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "client_certificate_tenant" ON "client_certificate" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "token_hash" ON "token" USING btree ("hash");--> statement-breakpoint
CREATE INDEX "token_tenant" ON "token" USING btree ("tenant_id","id");