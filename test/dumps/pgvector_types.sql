--
-- PostgreSQL database dump
--


SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: vector; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;


--
-- Name: EXTENSION vector; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION vector IS 'vectors, said by a user';


--
-- Name: closest(bit); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.closest(q bit) RETURNS integer
    LANGUAGE sql STABLE
    AS $$ select id from public.doc order by b operator(public.<~>) q, id limit 1 $$;


ALTER FUNCTION public.closest(q bit) OWNER TO postgres;

--
-- Name: FUNCTION closest(q bit); Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON FUNCTION public.closest(q bit) IS 'by Hamming distance';


--
-- Name: closest(public.sparsevec, double precision); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.closest(q public.sparsevec, at_most double precision DEFAULT ('{}/1000'::public.sparsevec OPERATOR(public.<->) '{1:9}/1000'::public.sparsevec)) RETURNS SETOF integer
    LANGUAGE sql STABLE
    AS $$ select id from public.doc where s operator(public.<->) q < at_most order by s operator(public.<->) q, id $$;


ALTER FUNCTION public.closest(q public.sparsevec, at_most double precision) OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: casts; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.casts (
    h public.halfvec,
    a real[],
    v public.vector,
    s public.sparsevec
);


ALTER TABLE public.casts OWNER TO postgres;

--
-- Name: doc; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.doc (
    id integer NOT NULL,
    v public.vector(4) DEFAULT '[0.5,0.5,0.5,0.5]'::public.vector NOT NULL,
    h public.halfvec(4) DEFAULT ('[1,2,3,4]'::public.vector)::public.halfvec(4),
    s public.sparsevec(1000) DEFAULT '{1:1,101:-1}/1000'::public.sparsevec,
    b bit(8) DEFAULT (public.binary_quantize('[1,-1,1,1,-1,-1,1,0]'::public.vector))::bit(8),
    near double precision GENERATED ALWAYS AS ((v OPERATOR(public.<->) '[0,0,0,0]'::public.vector)) STORED,
    CONSTRAINT doc_h_check CHECK (((h OPERATOR(public.<+>) '[0,0,0,0]'::public.halfvec) < (100)::double precision)),
    CONSTRAINT doc_v_check CHECK ((public.vector_norm(v) < (10)::double precision))
);


ALTER TABLE public.doc OWNER TO postgres;

--
-- Name: COLUMN doc.v; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON COLUMN public.doc.v IS 'an embedding <of four numbers>';


--
-- Name: middle; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.middle AS
 SELECT public.avg(doc.h) AS h,
    public.sum(doc.h) AS total,
    public.l2_norm(public.avg(doc.h)) AS norm
   FROM public.doc;


ALTER TABLE public.middle OWNER TO postgres;

--
-- Name: nearest; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.nearest AS
 SELECT doc.id,
    (doc.s OPERATOR(public.<#>) '{1:1,101:-1}/1000'::public.sparsevec) AS ip,
    (doc.b OPERATOR(public.<~>) '10101010'::"bit") AS bits,
    (doc.b OPERATOR(public.<%>) '10101010'::"bit") AS share
   FROM public.doc
  ORDER BY (doc.h OPERATOR(public.<+>) '[0,0,0,1]'::public.halfvec)
 LIMIT 5;


ALTER TABLE public.nearest OWNER TO postgres;

--
-- Name: VIEW nearest; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON VIEW public.nearest IS 'by taxicab';


--
-- Data for Name: casts; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.casts (h, a, v, s) FROM stdin;
[1,2]	{1.5}	[3]	{1:1}/2
\.


--
-- Data for Name: doc; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.doc (id, v, h, s, b) FROM stdin;
1	[0.84147096,0.5403023,0.9092974,-0.9899925]	[0.8413086,0.54052734,0.9091797,-0.9902344]	{2:0.25,101:-1}/1000	00000111
2	[0.9092974,-0.41614684,-0.7568025,0.96017027]	[0.9091797,-0.41625977,-0.75683594,0.95996094]	{3:0.5,102:-2}/1000	00001110
3	[0.14112,-0.9899925,-0.2794155,-0.91113025]	[0.14111328,-0.9902344,-0.27929688,-0.9111328]	{4:0.75,103:-3}/1000	00010101
4	[-0.7568025,-0.6536436,0.98935825,0.84385395]	[-0.75683594,-0.6538086,0.9892578,0.84375]	{5:1,104:-4}/1000	00011100
5	[-0.9589243,0.2836622,-0.5440211,-0.7596879]	[-0.9589844,0.2836914,-0.5439453,-0.7597656]	{6:1.25,105:-5}/1000	00100011
6	[-0.2794155,0.96017027,-0.53657293,0.6603167]	[-0.27929688,0.95996094,-0.5366211,0.66015625]	{7:1.5,106:-6}/1000	00101010
7	[0.6569866,0.75390226,0.9906074,-0.54772925]	[0.65722656,0.75390625,0.99072266,-0.54785156]	{1:1.75,107:-7}/1000	00110001
8	[0.98935825,-0.14550003,-0.2879033,0.42417902]	[0.9892578,-0.14550781,-0.2878418,0.42407227]	{2:2,108:-8}/1000	00111000
9	[0.4121185,-0.91113025,-0.75098723,-0.29213881]	[0.41210938,-0.9111328,-0.75097656,-0.29223633]	{3:2.25,109:-9}/1000	00111111
10	[-0.5440211,-0.8390715,0.9129453,0.15425146]	[-0.5439453,-0.8388672,0.91308594,0.15429688]	{4:2.5,110:-10}/1000	01000110
11	[-0.9999902,0.004425698,-0.008851309,-0.013276747]	[-1,0.004425049,-0.008850098,-0.0132751465]	{5:2.75,100:-11}/1000	01001101
12	[-0.53657293,0.84385395,-0.9055784,-0.12796369]	[-0.5366211,0.84375,-0.9057617,-0.12792969]	{6:3,101:-12}/1000	01010100
13	[0.42016703,0.9074468,0.76255846,0.26664293]	[0.42016602,0.90722656,0.7626953,0.26660156]	{7:3.25,102:-13}/1000	01011011
14	[0.9906074,0.13673721,0.2709058,-0.3999853]	[0.99072266,0.13671875,0.2709961,-0.39990234]	{1:3.5,103:-14}/1000	01100010
15	[0.65028787,-0.7596879,-0.9880316,0.52532196]	[0.6503906,-0.7597656,-0.98779297,0.5253906]	{2:3.75,104:-15}/1000	01101001
16	[-0.2879033,-0.9576595,0.5514267,-0.64014435]	[-0.2878418,-0.95751953,0.55126953,-0.6401367]	{3:4,105:-16}/1000	01110000
17	[-0.96139747,-0.27516335,0.5290827,0.7421542]	[-0.9614258,-0.27514648,0.5292969,0.7421875]	{4:4.25,106:-17}/1000	01110111
18	[-0.75098723,0.6603167,-0.99177885,-0.8293098]	[-0.75097656,0.66015625,-0.9916992,-0.82910156]	{5:4.5,107:-18}/1000	01111110
19	[0.1498772,0.9887046,0.29636857,0.8998668]	[0.14990234,0.98876953,0.29638672,0.89990234]	{6:4.75,108:-19}/1000	10000101
20	[0.9129453,0.40808207,0.74511313,-0.95241296]	[0.91308594,0.40820312,0.7451172,-0.9526367]	{7:5,109:-20}/1000	10001100
21	[0.8366556,-0.54772925,-0.91652155,0.9858966]	[0.8364258,-0.54785156,-0.9165039,0.98583984]	{1:5.25,110:-21}/1000	10010011
22	[-0.008851309,-0.99996084,0.017701926,-0.99964744]	[-0.008850098,-1,0.017700195,-0.9995117]	{2:5.5,100:-22}/1000	10011010
23	[-0.84622043,-0.53283304,0.90178835,0.9933904]	[-0.8461914,-0.53271484,0.90185547,0.99316406]	{3:5.75,101:-23}/1000	10100001
24	[-0.9055784,0.42417902,-0.76825464,-0.9672506]	[-0.9057617,0.42407227,-0.7680664,-0.96728516]	{4:6,102:-24}/1000	10101000
25	[-0.13235176,0.99120283,-0.26237485,0.92175126]	[-0.13232422,0.99121094,-0.26245117,0.921875]	{5:6.25,103:-25}/1000	10101111
26	[0.76255846,0.6469193,0.9866276,-0.8578031]	[0.7626953,0.64697266,0.9868164,-0.85791016]	{6:6.5,104:-26}/1000	10110110
27	[0.95637596,-0.29213881,-0.5587891,0.77668595]	[0.95654297,-0.29223633,-0.55859375,0.77685547]	{7:6.75,105:-27}/1000	10111101
28	[0.2709058,-0.9626059,-0.521551,-0.6800235]	[0.2709961,-0.96240234,-0.5214844,-0.6801758]	{1:7,106:-28}/1000	11000100
29	[-0.6636339,-0.74805754,0.99287266,0.5697503]	[-0.6635742,-0.7480469,0.9926758,0.5698242]	{2:7.25,107:-29}/1000	11001011
30	[-0.9880316,0.15425146,-0.3048106,-0.44807363]	[-0.98779297,0.15429688,-0.30493164,-0.44799805]	{3:7.5,108:-30}/1000	11010010
31	[-0.40403765,0.91474235,-0.7391807,0.3174287]	[-0.40405273,0.9145508,-0.7392578,0.3173828]	{4:7.75,109:-31}/1000	11011001
32	[0.5514267,0.8342234,0.92002606,-0.18043044]	[0.55126953,0.8339844,0.9199219,-0.18041992]	{5:8,110:-32}/1000	11100000
33	[0.99991184,-0.013276747,-0.026551154,0.03982088]	[1,-0.0132751465,-0.026550293,0.03982544]	{6:8.25,100:-33}/1000	11100111
34	[0.5290827,-0.8485703,-0.8979277,0.1015857]	[0.5292969,-0.8486328,-0.8979492,0.1015625]	{7:8.5,101:-34}/1000	11101110
35	[-0.42818266,-0.9036922,0.7738907,-0.24095905]	[-0.42822266,-0.9038086,0.7739258,-0.2409668]	{1:8.75,102:-35}/1000	11110101
36	[-0.99177885,-0.12796369,0.25382337,0.3755096]	[-0.9916992,-0.12792969,0.25390625,0.37548828]	{2:9,103:-36}/1000	11111100
37	[-0.6435381,0.76541406,-0.9851463,-0.50254434]	[-0.6435547,0.765625,-0.98535156,-0.5024414]	{3:9.25,104:-37}/1000	00000011
38	[0.29636857,0.95507365,0.56610763,0.6195206]	[0.29638672,0.9550781,0.56591797,0.6196289]	{4:9.5,105:-38}/1000	00001010
39	[0.96379536,0.26664293,0.5139785,-0.7240972]	[0.9638672,0.26660156,0.51416016,-0.7241211]	{5:9.75,106:-39}/1000	00010001
40	[0.74511313,-0.66693807,-0.9938887,0.81418097]	[0.7451172,-0.6669922,-0.99365234,0.81396484]	{6:10,107:-40}/1000	00011000
41	[0.5,0.5,0.5,0.5]	[1,2,3,4]	{1:1,101:-1}/1000	10110010
42	[0.5,0.5,0.5,0.5]	\N	\N	\N
\.


--
-- Name: doc doc_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.doc
    ADD CONSTRAINT doc_pkey PRIMARY KEY (id);


--
-- Name: doc_bit_expression; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_bit_expression ON public.doc USING hnsw (((public.binary_quantize(v))::bit(4)) public.bit_hamming_ops) WHERE (b IS NOT NULL);


--
-- Name: doc_h_btree; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_h_btree ON public.doc USING btree (h);


--
-- Name: doc_half_expression; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_half_expression ON public.doc USING hnsw (((v)::public.halfvec(4)) public.halfvec_l2_ops);


--
-- Name: doc_hnsw_b_hamming; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_b_hamming ON public.doc USING hnsw (b public.bit_hamming_ops);


--
-- Name: doc_hnsw_b_jaccard; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_b_jaccard ON public.doc USING hnsw (b public.bit_jaccard_ops);


--
-- Name: INDEX doc_hnsw_b_jaccard; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON INDEX public.doc_hnsw_b_jaccard IS 'of fingerprints';


--
-- Name: doc_hnsw_h_cosine; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_h_cosine ON public.doc USING hnsw (h public.halfvec_cosine_ops);


--
-- Name: doc_hnsw_h_ip; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_h_ip ON public.doc USING hnsw (h public.halfvec_ip_ops);


--
-- Name: doc_hnsw_h_l1; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_h_l1 ON public.doc USING hnsw (h public.halfvec_l1_ops);


--
-- Name: doc_hnsw_h_l2; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_h_l2 ON public.doc USING hnsw (h public.halfvec_l2_ops);


--
-- Name: doc_hnsw_s_cosine; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_s_cosine ON public.doc USING hnsw (s public.sparsevec_cosine_ops);


--
-- Name: doc_hnsw_s_ip; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_s_ip ON public.doc USING hnsw (s public.sparsevec_ip_ops);


--
-- Name: doc_hnsw_s_l1; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_s_l1 ON public.doc USING hnsw (s public.sparsevec_l1_ops);


--
-- Name: doc_hnsw_s_l2; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_s_l2 ON public.doc USING hnsw (s public.sparsevec_l2_ops);


--
-- Name: doc_hnsw_v_cosine; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_v_cosine ON public.doc USING hnsw (v public.vector_cosine_ops);


--
-- Name: doc_hnsw_v_ip; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_v_ip ON public.doc USING hnsw (v public.vector_ip_ops);


--
-- Name: doc_hnsw_v_l1; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_v_l1 ON public.doc USING hnsw (v public.vector_l1_ops);


--
-- Name: doc_hnsw_v_l2; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_hnsw_v_l2 ON public.doc USING hnsw (v public.vector_l2_ops);


--
-- Name: doc_ivfflat_b_hamming; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_ivfflat_b_hamming ON public.doc USING ivfflat (b public.bit_hamming_ops) WITH (lists='2');


--
-- Name: doc_ivfflat_h_cosine; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_ivfflat_h_cosine ON public.doc USING ivfflat (h public.halfvec_cosine_ops) WITH (lists='2');


--
-- Name: doc_ivfflat_h_ip; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_ivfflat_h_ip ON public.doc USING ivfflat (h public.halfvec_ip_ops) WITH (lists='2');


--
-- Name: doc_ivfflat_h_l2; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_ivfflat_h_l2 ON public.doc USING ivfflat (h public.halfvec_l2_ops) WITH (lists='2');


--
-- Name: doc_ivfflat_v_cosine; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_ivfflat_v_cosine ON public.doc USING ivfflat (v public.vector_cosine_ops) WITH (lists='2');


--
-- Name: doc_ivfflat_v_ip; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_ivfflat_v_ip ON public.doc USING ivfflat (v public.vector_ip_ops) WITH (lists='2');


--
-- Name: doc_ivfflat_v_l2; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_ivfflat_v_l2 ON public.doc USING ivfflat (v) WITH (lists='2');


--
-- Name: doc_s_btree; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_s_btree ON public.doc USING btree (s);


--
-- Name: doc_subvector_l1; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_subvector_l1 ON public.doc USING hnsw (((public.subvector(v, 1, 2))::public.vector(2)) public.vector_l1_ops) WITH (m='8', ef_construction='32');


--
-- Name: doc_v_btree; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX doc_v_btree ON public.doc USING btree (v);


--
-- PostgreSQL database dump complete
--


