ALTER TABLE "host" ADD COLUMN "walls" text DEFAULT 'unverified' NOT NULL;--> statement-breakpoint
ALTER TABLE "host" ADD COLUMN "walls_detail" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "host" ADD COLUMN "walls_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "host" ADD COLUMN "tenants" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "tenant" ADD COLUMN "isolation_default" text DEFAULT 'shared' NOT NULL;--> statement-breakpoint
ALTER TABLE "tenant" ADD COLUMN "isolation_floor" text DEFAULT 'shared' NOT NULL;