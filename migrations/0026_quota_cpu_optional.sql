ALTER TABLE "tenant" ALTER COLUMN "quota" SET DEFAULT '{"containers":1000,"volumes":1000,"images":1000,"ports":1000,"memoryBytes":1099511627776,"nanoCpus":null,"pids":1000000,"diskBytes":4398046511104,"streams":1000,"requestsPerSecond":1000}'::jsonb;--> statement-breakpoint
-- What everybody began with was no wish of an operator's, and counted nobody who asked for no limit.
UPDATE tenant SET quota = quota || '{"nanoCpus":null}'::jsonb WHERE quota -> 'nanoCpus' = '512000000000'::jsonb;
