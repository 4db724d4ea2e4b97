CREATE TABLE "registry_credential" (
	"tenant_id" uuid NOT NULL,
	"registry" text NOT NULL,
	"username" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"set_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "registry_credential_tenant_id_registry_pk" PRIMARY KEY("tenant_id","registry")
);
--> statement-breakpoint
ALTER TABLE "registry_credential" ADD CONSTRAINT "registry_credential_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "registry_credential" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "registry_credential" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY tenant ON "registry_credential" TO berth_tenant USING (tenant_id = berth_tenant_id()) WITH CHECK (tenant_id = berth_tenant_id());
--> statement-breakpoint
CREATE POLICY system ON "registry_credential" TO CURRENT_USER USING (true) WITH CHECK (true);
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON "registry_credential" TO berth_tenant;
