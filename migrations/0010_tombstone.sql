CREATE TABLE "tombstone" (
	"container_id" uuid PRIMARY KEY NOT NULL,
	"buried_at" timestamp with time zone DEFAULT now() NOT NULL
);

--> statement-breakpoint
ALTER TABLE tombstone ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE tombstone FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY system ON tombstone TO CURRENT_USER USING (true) WITH CHECK (true);
