CREATE TABLE "deployment" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"stack" text,
	"state" text DEFAULT 'active' NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"replicas" integer NOT NULL,
	"restarts" integer DEFAULT 0 NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"phase" text DEFAULT 'progressing' NOT NULL,
	"reason" text DEFAULT '' NOT NULL,
	"failure_log" text DEFAULT '' NOT NULL,
	"stable_revision" integer,
	"failures" integer DEFAULT 0 NOT NULL,
	"failures_in_row" integer DEFAULT 0 NOT NULL,
	"failed_at" timestamp with time zone,
	"batch_at" timestamp with time zone,
	"wake_at" timestamp with time zone DEFAULT now(),
	"driver" uuid,
	"driver_until" timestamp with time zone,
	"epoch" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency" (
	"tenant_id" uuid NOT NULL,
	"key" text NOT NULL,
	"digest" text NOT NULL,
	"status" integer,
	"response" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_tenant_id_key_pk" PRIMARY KEY("tenant_id","key")
);
--> statement-breakpoint
CREATE TABLE "operation" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"tenant_id" uuid NOT NULL,
	"deployment_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"version" integer NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"reason" text DEFAULT '' NOT NULL,
	"deadline" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "replica" (
	"container_id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"deployment_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"restarts" integer NOT NULL,
	"slot" integer NOT NULL,
	"epoch" integer NOT NULL,
	"pinned" boolean DEFAULT false NOT NULL,
	"phase" text DEFAULT 'starting' NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "revision" (
	"deployment_id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"spec" jsonb NOT NULL,
	"image_id" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "revision_deployment_id_number_pk" PRIMARY KEY("deployment_id","number")
);
--> statement-breakpoint
ALTER TABLE "deployment" ADD CONSTRAINT "deployment_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "replica" ADD CONSTRAINT "replica_container_id_container_id_fk" FOREIGN KEY ("container_id") REFERENCES "public"."container"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "replica" ADD CONSTRAINT "replica_deployment_id_deployment_id_fk" FOREIGN KEY ("deployment_id") REFERENCES "public"."deployment"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "revision" ADD CONSTRAINT "revision_deployment_id_deployment_id_fk" FOREIGN KEY ("deployment_id") REFERENCES "public"."deployment"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "deployment_name" ON "deployment" USING btree ("tenant_id","name");--> statement-breakpoint
CREATE INDEX "deployment_wake" ON "deployment" USING btree ("wake_at");--> statement-breakpoint
CREATE INDEX "operation_deployment" ON "operation" USING btree ("deployment_id","state");--> statement-breakpoint
CREATE UNIQUE INDEX "replica_slot" ON "replica" USING btree ("deployment_id","slot") WHERE phase <> 'removing';