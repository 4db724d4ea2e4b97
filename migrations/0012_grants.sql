-- That a credential was used changes nothing about it: what processes remember of it stays good.
DROP TRIGGER token_changed ON token;
--> statement-breakpoint
CREATE TRIGGER token_changed AFTER DELETE OR UPDATE OF tenant_id, expires_at, revoked_at, scopes, deployments, addresses ON token
  FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
--> statement-breakpoint
DROP TRIGGER client_certificate_changed ON client_certificate;
--> statement-breakpoint
CREATE TRIGGER client_certificate_changed AFTER DELETE OR UPDATE OF tenant_id, expires_at, revoked_at, scopes, deployments, addresses ON client_certificate
  FOR EACH ROW EXECUTE FUNCTION berth_row_changed();
