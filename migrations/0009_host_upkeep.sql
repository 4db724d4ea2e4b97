ALTER TABLE "host" ADD COLUMN "upkeep" text DEFAULT 'none' NOT NULL;--> statement-breakpoint
DROP TRIGGER host_changed ON host;
--> statement-breakpoint
CREATE TRIGGER host_changed AFTER INSERT OR DELETE OR UPDATE OF url, sealed_tls, state, cordoned, upkeep ON host
  FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
