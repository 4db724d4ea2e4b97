ALTER TABLE "build_cache" ADD COLUMN "layer_bytes" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
UPDATE "build_cache" b SET "layer_bytes" = (i.document ->> 'Size')::bigint FROM "image" i WHERE i.id = b.layers_id AND b."config" <> '' AND b."config"::jsonb -> 'history' -> -1 ->> 'empty_layer' IS DISTINCT FROM 'true';
