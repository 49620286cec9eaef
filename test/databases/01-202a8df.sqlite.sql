CREATE TABLE "migrations" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "timestamp" bigint NOT NULL, "name" varchar NOT NULL);
CREATE TABLE "conversations" ("id" varchar PRIMARY KEY NOT NULL, "kind" varchar NOT NULL, "prompt" text NOT NULL, "human_name" varchar, "ai_name" varchar, "settings" varchar NOT NULL, "stream" boolean NOT NULL, "claim" varchar, "lease_until" bigint, "expires_at" bigint, "created_at" bigint NOT NULL);
CREATE INDEX "conversations_expires_at" ON "conversations" ("expires_at") ;
CREATE TABLE "items" ("id" varchar PRIMARY KEY NOT NULL, "conversation_id" varchar NOT NULL, "turn" integer NOT NULL, "position" integer NOT NULL, "kind" varchar NOT NULL, "role" varchar NOT NULL, "content" text NOT NULL, "input_tokens" integer, "output_tokens" integer, "created_at" bigint NOT NULL, CONSTRAINT "items_conversation_position" UNIQUE ("conversation_id", "position"), CONSTRAINT "items_conversation" FOREIGN KEY ("conversation_id") REFERENCES "conversations" ("id") ON DELETE CASCADE);
CREATE TABLE "shares" ("sequence" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "id" varchar NOT NULL, "conversation_id" varchar NOT NULL, "prompt" text NOT NULL, "sentences" text NOT NULL, "created_at" bigint NOT NULL);
CREATE UNIQUE INDEX "shares_id" ON "shares" ("id") ;
CREATE INDEX "shares_conversation_id" ON "shares" ("conversation_id") ;
CREATE TABLE "nonces" ("hash" varchar PRIMARY KEY NOT NULL, "spent_at" bigint NOT NULL);
CREATE INDEX "nonces_spent_at" ON "nonces" ("spent_at") ;
INSERT INTO migrations (timestamp, name) VALUES (1795392000000, 'InitialSchema1795392000000');
INSERT INTO conversations (id, kind, prompt, human_name, ai_name, settings, stream, claim, lease_until, expires_at, created_at) VALUES ('conv_0000000000000000000001', 'turbo', 'You are a patient teacher.', NULL, NULL, '', 0, NULL, NULL, NULL, 1795392000001);
INSERT INTO conversations (id, kind, prompt, human_name, ai_name, settings, stream, claim, lease_until, expires_at, created_at) VALUES ('conv_0000000000000000000002', 'role-play', 'It''s a play; "quoted"
in two lines — 你好', 'Anna', 'Bert', 'FriendChat', 1, 'claim_1', 1795392000002, 4102444800000, 1795392000002);
INSERT INTO items (id, conversation_id, turn, position, kind, role, content, input_tokens, output_tokens, created_at) VALUES ('item_0000000000000000000001', 'conv_0000000000000000000001', 1, 1, 'message', 'user', 'Why is the sky blue?', NULL, NULL, 1795392000003);
INSERT INTO items (id, conversation_id, turn, position, kind, role, content, input_tokens, output_tokens, created_at) VALUES ('item_0000000000000000000002', 'conv_0000000000000000000001', 1, 2, 'message', 'assistant', 'You said: Why is the sky blue?', 12, 7, 1795392000004);
INSERT INTO items (id, conversation_id, turn, position, kind, role, content, input_tokens, output_tokens, created_at) VALUES ('item_0000000000000000000003', 'conv_0000000000000000000002', 1, 1, 'message', 'user', 'hello', NULL, NULL, 1795392000005);
INSERT INTO items (id, conversation_id, turn, position, kind, role, content, input_tokens, output_tokens, created_at) VALUES ('item_0000000000000000000004', 'conv_0000000000000000000002', 1, 2, 'message', 'assistant', 'You said: hello', NULL, NULL, 1795392000006);
INSERT INTO shares (id, conversation_id, prompt, sentences, created_at) VALUES ('share_000000000000000000001', 'conv_0000000000000000000001', 'You are a patient teacher.', '["Why is the sky blue?","You said: Why is the sky blue?"]', 1795392000007);
INSERT INTO nonces (hash, spent_at) VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1795392000008);
