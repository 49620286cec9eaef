CREATE TABLE public.api_keys (
    id character varying NOT NULL,
    fingerprint character varying NOT NULL,
    label character varying,
    source character varying NOT NULL,
    last_four character varying NOT NULL,
    secret text,
    retired integer NOT NULL,
    state character varying NOT NULL,
    reason character varying,
    until bigint,
    strikes integer NOT NULL,
    models text NOT NULL,
    last_error character varying,
    calls bigint NOT NULL,
    failures bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    last_used_at bigint,
    probed_until bigint,
    version integer NOT NULL,
    changed_at bigint NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.conversations (
    id character varying NOT NULL,
    kind character varying NOT NULL,
    prompt text NOT NULL,
    human_name character varying,
    ai_name character varying,
    settings character varying NOT NULL,
    stream boolean NOT NULL,
    claim character varying,
    lease_until bigint,
    expires_at bigint,
    created_at bigint NOT NULL,
    unseen_answer character varying
);
CREATE TABLE public.items (
    id character varying NOT NULL,
    conversation_id character varying NOT NULL,
    turn integer NOT NULL,
    "position" integer NOT NULL,
    kind character varying NOT NULL,
    role character varying NOT NULL,
    content text NOT NULL,
    input_tokens integer,
    output_tokens integer,
    created_at bigint NOT NULL
);
CREATE TABLE public.key_vault (
    id integer NOT NULL,
    fingerprint_key character varying NOT NULL,
    cipher_id character varying,
    salt character varying,
    proof text
);
CREATE TABLE public.migrations (
    id integer NOT NULL,
    "timestamp" bigint NOT NULL,
    name character varying NOT NULL
);
CREATE SEQUENCE public.migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.migrations_id_seq OWNED BY public.migrations.id;
CREATE TABLE public.nonces (
    hash character varying NOT NULL,
    spent_at bigint NOT NULL
);
CREATE TABLE public.shares (
    sequence integer NOT NULL,
    id character varying NOT NULL,
    conversation_id character varying NOT NULL,
    prompt text NOT NULL,
    sentences text NOT NULL,
    created_at bigint NOT NULL
);
CREATE SEQUENCE public.shares_sequence_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.shares_sequence_seq OWNED BY public.shares.sequence;
ALTER TABLE ONLY public.migrations ALTER COLUMN id SET DEFAULT nextval('public.migrations_id_seq'::regclass);
ALTER TABLE ONLY public.shares ALTER COLUMN sequence SET DEFAULT nextval('public.shares_sequence_seq'::regclass);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT "PK_5c8a79801b44bd27b79228e1dad" PRIMARY KEY (id);
ALTER TABLE ONLY public.key_vault
    ADD CONSTRAINT "PK_698b5e967f684a55356a44b4f9d" PRIMARY KEY (id);
ALTER TABLE ONLY public.migrations
    ADD CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY (id);
ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT "PK_ee34f4f7ced4ec8681f26bf04ef" PRIMARY KEY (id);
ALTER TABLE ONLY public.nonces
    ADD CONSTRAINT "PK_f6475374c39f4f56b454ca379b7" PRIMARY KEY (hash);
ALTER TABLE ONLY public.items
    ADD CONSTRAINT items_position PRIMARY KEY (conversation_id, "position");
ALTER TABLE ONLY public.shares
    ADD CONSTRAINT shares_sequence PRIMARY KEY (sequence);
CREATE INDEX api_keys_changed_at ON public.api_keys USING btree (changed_at);
CREATE UNIQUE INDEX api_keys_fingerprint ON public.api_keys USING btree (fingerprint);
CREATE INDEX conversations_expires_at ON public.conversations USING btree (expires_at);
CREATE INDEX nonces_spent_at ON public.nonces USING btree (spent_at);
CREATE INDEX shares_conversation_id ON public.shares USING btree (conversation_id);
CREATE UNIQUE INDEX shares_id ON public.shares USING btree (id);
ALTER TABLE ONLY public.items
    ADD CONSTRAINT items_of_conversation FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;
INSERT INTO migrations (timestamp, name) VALUES (1795392000000, 'InitialSchema1795392000000');
INSERT INTO migrations (timestamp, name) VALUES (1795392050000, 'ItemsBesideEachOther1795392050000');
INSERT INTO migrations (timestamp, name) VALUES (1795392100000, 'ApiKeys1795392100000');
INSERT INTO migrations (timestamp, name) VALUES (1795392300000, 'UnseenAnswers1795392300000');
INSERT INTO conversations (id, kind, prompt, human_name, ai_name, settings, stream, claim, lease_until, expires_at, created_at, unseen_answer) VALUES ('conv_0000000000000000000001', 'turbo', 'You are a patient teacher.', NULL, NULL, '', false, NULL, NULL, NULL, 1795392000001, NULL);
INSERT INTO conversations (id, kind, prompt, human_name, ai_name, settings, stream, claim, lease_until, expires_at, created_at, unseen_answer) VALUES ('conv_0000000000000000000002', 'role-play', 'It''s a play; "quoted"
in two lines — 你好', 'Anna', 'Bert', 'FriendChat', true, 'claim_1', 1795392000002, 4102444800000, 1795392000002, 'item_0000000000000000000004');
INSERT INTO items (id, conversation_id, turn, position, kind, role, content, input_tokens, output_tokens, created_at) VALUES ('item_0000000000000000000001', 'conv_0000000000000000000001', 1, 1, 'message', 'user', 'Why is the sky blue?', NULL, NULL, 1795392000003);
INSERT INTO items (id, conversation_id, turn, position, kind, role, content, input_tokens, output_tokens, created_at) VALUES ('item_0000000000000000000002', 'conv_0000000000000000000001', 1, 2, 'message', 'assistant', 'You said: Why is the sky blue?', 12, 7, 1795392000004);
INSERT INTO items (id, conversation_id, turn, position, kind, role, content, input_tokens, output_tokens, created_at) VALUES ('item_0000000000000000000003', 'conv_0000000000000000000002', 1, 1, 'message', 'user', 'hello', NULL, NULL, 1795392000005);
INSERT INTO items (id, conversation_id, turn, position, kind, role, content, input_tokens, output_tokens, created_at) VALUES ('item_0000000000000000000004', 'conv_0000000000000000000002', 1, 2, 'message', 'assistant', 'You said: hello', NULL, NULL, 1795392000006);
INSERT INTO shares (id, conversation_id, prompt, sentences, created_at) VALUES ('share_000000000000000000001', 'conv_0000000000000000000001', 'You are a patient teacher.', '["Why is the sky blue?","You said: Why is the sky blue?"]', 1795392000007);
INSERT INTO nonces (hash, spent_at) VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1795392000008);
INSERT INTO api_keys (id, fingerprint, label, source, last_four, secret, retired, state, reason, until, strikes, models, last_error, calls, failures, input_tokens, output_tokens, last_used_at, probed_until, version, changed_at, created_at) VALUES ('key_00000000000000000000001', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', NULL, 'environment', 'ABCD', NULL, 0, 'active', NULL, NULL, 0, '[]', NULL, 3, 1, 12, 7, NULL, NULL, 1, 1795392000009, 1795392000009);
INSERT INTO key_vault (id, fingerprint_key, cipher_id, salt, proof) VALUES (1, 'Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2M=', NULL, NULL, NULL);
