-- Every process keeps what it shows in memory; a changed row tells them. Columns that change with every observation are left out.
CREATE FUNCTION berth_row_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  row_now record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  row_key text := CASE TG_TABLE_NAME
    WHEN 'network_realization' THEN to_jsonb(row_now) ->> 'network_id'
    WHEN 'client_certificate' THEN to_jsonb(row_now) ->> 'serial'
    ELSE to_jsonb(row_now) ->> 'id' END;
BEGIN
  PERFORM pg_notify('berth', 'row:' || TG_TABLE_NAME || ':' || row_key);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER container_changed AFTER INSERT OR DELETE OR UPDATE OF state, name, engine_id, host_id, spec, started_once, held ON container
  FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
--> statement-breakpoint
CREATE TRIGGER network_changed AFTER INSERT OR DELETE OR UPDATE ON network FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
--> statement-breakpoint
CREATE TRIGGER network_realization_changed AFTER INSERT OR DELETE OR UPDATE ON network_realization FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
--> statement-breakpoint
CREATE TRIGGER volume_changed AFTER INSERT OR DELETE OR UPDATE ON volume FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
--> statement-breakpoint
CREATE TRIGGER token_changed AFTER DELETE OR UPDATE ON token FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
--> statement-breakpoint
CREATE TRIGGER client_certificate_changed AFTER DELETE OR UPDATE ON client_certificate FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
--> statement-breakpoint
CREATE TRIGGER tenant_changed AFTER DELETE OR UPDATE ON tenant FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
--> statement-breakpoint
CREATE TRIGGER host_changed AFTER INSERT OR DELETE OR UPDATE OF url, sealed_tls, state, cordoned ON host
  FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
