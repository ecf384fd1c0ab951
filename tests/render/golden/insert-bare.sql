INSERT INTO "t" VALUES (1, 'plain', 1.5, NULL, NULL, NULL);
INSERT INTO "t" VALUES (-9223372036854775808, '', -0.0, 'NULL', X'', X'FF763100CDCCCC3DEC78AD60000000C0');
INSERT INTO "t" VALUES (9223372036854775807, NULL, 9e999, '', X'00FFAB', NULL);
INSERT INTO "t" VALUES (0, 'She said "no", then left', -9e999, 'it''s a | bar \| <b>bold</b> & *more* a_b _c_', NULL, NULL);
INSERT INTO "t" VALUES (2, 'two
lines', 1e+16, '  spaces  ', NULL, NULL);
INSERT INTO "t" VALUES (3, 'three
withreturns
', 0.30000000000000004, 'tab	here', NULL, NULL);
INSERT INTO "t" VALUES (4, '中文和 English', 5e-324, '한국어', NULL, NULL);
INSERT INTO "t" VALUES (5, '👩‍👩‍👧 family, ☺️ and 🇩🇪', 100.0, 'é', NULL, NULL);
INSERT INTO "t" VALUES (6, 'שלום עולם', NULL, 'مرحبا', NULL, NULL);
INSERT INTO "t" VALUES (7, CAST(X'1B5B33316D7265641B5B306D2007007FC29B' AS TEXT), NULL, '‮evil⁦ ', NULL, NULL);
INSERT INTO "t" VALUES (8, '{"a": [1, "é\n"], "b": null}', NULL, '[red]markup[/red] :smile: \', NULL, NULL);
INSERT INTO "t" VALUES (9, 'vector', NULL, '9007199254740993', X'89504E47', X'FF7631000000803F');
