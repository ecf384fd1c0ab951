"""The model statements, compared with what Flink 2.3 answers."""

import apsw
import pytest

from aisql.catalog.models import Models
from aisql.catalog.objects import Definition, Model, ObjectPath, describe, show_create
from aisql.catalog.secrets import Secret
from aisql.errors import CatalogError
from aisql.schema import ColumnDefinition

ENDPOINT = "http://127.0.0.1:28431/v1/chat/completions"

M1 = Definition(
    input=(ColumnDefinition("content", "STRING", comment="User comment"),),
    output=(ColumnDefinition("label", "STRING", comment="Sentiment label"),),
    comment="a model",
    options={
        "provider": "openai",
        "endpoint": ENDPOINT,
        "api-key": "sk-secret",
        "model": "gpt-x",
        "task": "classification",
    },
    host="127.0.0.1:28431",
)
M2 = Definition(
    input=(ColumnDefinition("f1", "INT"), ColumnDefinition("f2", "STRING", nullable=False)),
    output=(
        ColumnDefinition("label", "BIGINT"),
        ColumnDefinition("probs", "ARRAY<FLOAT>"),
        ColumnDefinition("r", "ROW<`a` INT, `b` STRING>"),
    ),
    options={"provider": "p", "k": "it's"},
)
SMALL = Definition(
    input=(ColumnDefinition("a", "STRING"),),
    output=(ColumnDefinition("b", "STRING"),),
    options={"provider": "x"},
)


def at(name, database="default_database", catalog="default_catalog"):
    return ObjectPath(catalog, database, name)


def problem(action):
    with pytest.raises(CatalogError) as caught:
        action()
    return caught.value.message


def hint(action):
    with pytest.raises(CatalogError) as caught:
        action()
    return caught.value.hint


def keys_kept(catalogs):
    keys = apsw.Connection(str(catalogs.open("default_catalog").secrets.path))
    count = keys.execute("SELECT count(*) FROM keys").get
    keys.close()
    return count


# -- CREATE ------------------------------------------------------------------------------------------


def test_a_model_is_found_as_it_was_made(models):
    assert models.create(at("m1"), M1)
    assert models.find(at("m1")) == Model(
        path=at("m1"),
        input=M1.input,
        output=M1.output,
        comment="a model",
        options=(
            ("api-key", "******"),
            ("endpoint", ENDPOINT),
            ("model", "gpt-x"),
            ("provider", "openai"),
            ("task", "classification"),
        ),
        secrets=models.find(at("m1")).secrets,
    )


def test_a_model_is_there_for_the_next_session(models, catalogs, catalog_file, tmp_path, clock):
    models.create(at("m2"), M2)
    catalogs.close()
    again = Models(type(catalogs)(catalog_file, tmp_path, clock), lambda key: False)
    assert again.find(at("m2")).output == M2.output


def test_a_name_that_is_taken(models):
    models.create(at("m1"), M1)
    message = "Model default_database.m1 already exists in Catalog default_catalog."
    assert problem(lambda: models.create(at("m1"), SMALL)) == message


def test_if_not_exists_keeps_the_model_that_is_there(models):
    models.create(at("m1"), M1)
    assert not models.create(at("m1"), SMALL, if_not_exists=True)
    assert models.find(at("m1")).input == M1.input


def test_or_replace_leaves_nothing_of_the_model_before_it(models, catalogs):
    models.create(at("m1"), M1)
    assert models.create(at("m1"), SMALL, or_replace=True)
    assert show_create(models.find(at("m1"))) == (
        "CREATE MODEL `default_catalog`.`default_database`.`m1`\n"
        "INPUT (`a` VARCHAR(2147483647))\n"
        "OUTPUT (`b` VARCHAR(2147483647))\n"
        "WITH (\n"
        "  'provider' = 'x'\n"
        ")"
    )
    assert keys_kept(catalogs) == 0


def test_a_database_that_is_missing(models):
    message = "Database nodb does not exist in Catalog default_catalog."
    assert problem(lambda: models.create(at("m", "nodb"), SMALL)) == message
    assert problem(lambda: models.names("default_catalog", "nodb")) == message


def test_a_catalog_that_is_missing(models):
    assert problem(lambda: models.create(at("m", "d", "my"), SMALL)) == "Catalog my does not exist"
    assert problem(lambda: models.names("my", "d")) == "Catalog my does not exist"
    assert models.find(at("m", "d", "my")) is None


def test_names_are_case_sensitive(models):
    models.create(at("m"), SMALL)
    models.create(at("M"), M2)
    assert models.names("default_catalog", "default_database") == ["M", "m"]
    assert models.find(at("M")).input == M2.input


def test_a_model_without_columns_and_one_with_the_same_name_twice(models):
    models.create(at("m5"), Definition(options={"provider": "x"}))
    same = (ColumnDefinition("a", "STRING"),)
    models.create(at("m10"), Definition(input=same, output=same, options={"provider": "x"}))
    assert describe(models.find(at("m5")))[1] == ()
    assert describe(models.find(at("m10")))[1] == (
        ("a", "STRING", "TRUE", "TRUE"),
        ("a", "STRING", "TRUE", "FALSE"),
    )


def test_a_model_needs_a_name(models):
    assert problem(lambda: models.create(at(""), SMALL)) == "a name must not be empty"


def test_nothing_is_left_of_a_model_that_cannot_be_written(models, catalogs):
    with catalogs.open().transaction() as write:
        write.execute(
            "CREATE TEMP TRIGGER full BEFORE INSERT ON aisql_model_options"
            " BEGIN SELECT raise(ABORT, 'no room'); END"
        )
    with pytest.raises(CatalogError, match="no room"):
        models.create(at("m1"), M1)
    assert models.find(at("m1")) is None
    assert catalogs.open().store.rows("SELECT * FROM aisql_model_columns") == []
    assert keys_kept(catalogs) == 0


# -- ALTER -------------------------------------------------------------------------------------------


def test_set_adds_and_replaces_options(models):
    models.create(at("m2"), M2)
    models.set_options(at("m2"), {"k": "new", "temperature": "0.2"})
    options = (("k", "new"), ("provider", "p"), ("temperature", "0.2"))
    assert models.find(at("m2")).options == options


def test_reset_removes_options_and_passes_over_unknown_ones(models):
    models.create(at("m2"), M2)
    assert models.reset_options(at("m2"), ("k", "nokey"))
    assert models.find(at("m2")).options == (("provider", "p"),)


def test_rename_moves_everything(models):
    models.create(at("m1"), M1)
    before = models.find(at("m1"))
    assert models.rename(at("m1"), ("m9",))
    after = models.find(at("m9"))
    assert models.find(at("m1")) is None
    assert (after.input, after.output, after.comment) == (before.input, before.output, before.comment)
    assert after.options == before.options
    assert models.reveal(after, "api-key") == Secret("sk-secret", "127.0.0.1:28431")


@pytest.mark.parametrize(
    "name", [("m9",), ("default_database", "m9"), ("default_catalog", "default_database", "m9")]
)
def test_the_new_name_may_repeat_the_database(models, name):
    models.create(at("m2"), M2)
    models.rename(at("m2"), name)
    assert models.names("default_catalog", "default_database") == ["m9"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            ("other", "m9"),
            "The database name of the new model name 'default_catalog.other.m9' must be the same as"
            " the old model name 'default_catalog.default_database.m2'.",
        ),
        (
            ("c", "default_database", "m9"),
            "The catalog name of the new model name 'c.default_database.m9' must be the same as"
            " the old model name 'default_catalog.default_database.m2'.",
        ),
        (("a", "b", "c", "d"), "a.b.c.d is not a name for a model"),
        (("",), "a name must not be empty"),
    ],
)
def test_rename_stays_in_the_database(models, name, message):
    models.create(at("m2"), M2)
    assert problem(lambda: models.rename(at("m2"), name)) == message


def test_rename_to_a_name_that_is_taken(models):
    models.create(at("m9"), SMALL)
    models.create(at("m2"), M2)
    message = "Model default_database.m2 already exists in Catalog default_catalog."
    assert problem(lambda: models.rename(at("m9"), ("m2",))) == message


@pytest.mark.parametrize("catalog", ["default_catalog", "nocatalog"])
def test_altering_a_model_that_is_missing(models, catalog):
    missing = at("nosuch", catalog=catalog)
    message = f"Model `{catalog}`.`default_database`.`nosuch` doesn't exist."
    assert problem(lambda: models.set_options(missing, {"a": "b"})) == message
    assert problem(lambda: models.reset_options(missing, ("a",))) == message
    assert problem(lambda: models.rename(missing, ("x",))) == message
    assert not models.set_options(missing, {"a": "b"}, if_exists=True)
    assert not models.reset_options(missing, ("a",), if_exists=True)
    assert not models.rename(missing, ("x",), if_exists=True)


def test_a_temporary_model_cannot_be_altered(models):
    models.create(at("mt"), SMALL, temporary=True)
    message = "Model `default_catalog`.`default_database`.`mt` is a temporary model."
    assert problem(lambda: models.set_options(at("mt"), {"a": "b"}, if_exists=True)) == message
    assert problem(lambda: models.reset_options(at("mt"), ("a",))) == message
    assert problem(lambda: models.rename(at("mt"), ("x",))) == message


def test_set_and_reset_need_something_to_change(models):
    assert problem(lambda: models.set_options(at("m"), {})) == (
        "ALTER MODEL SET does not support empty option."
    )
    assert problem(lambda: models.reset_options(at("m"), ())) == (
        "ALTER MODEL RESET does not support empty key."
    )


# -- DROP and temporary models -----------------------------------------------------------------------


def test_drop(models):
    models.create(at("m9"), SMALL)
    assert models.drop(at("m9"))
    message = "Model with identifier 'default_catalog.default_database.m9' does not exist."
    assert problem(lambda: models.drop(at("m9"))) == message
    assert not models.drop(at("m9"), if_exists=True)


def test_drop_temporary(models):
    models.create(at("mt"), SMALL, temporary=True)
    assert models.drop(at("mt"), temporary=True)
    message = "Temporary model with identifier 'default_catalog.default_database.mt' does not exist."
    assert problem(lambda: models.drop(at("mt"), temporary=True)) == message
    assert not models.drop(at("mt"), temporary=True, if_exists=True)


def test_a_temporary_model_hides_the_permanent_one_and_is_not_listed(models):
    models.create(at("m9"), M2)
    models.create(at("m9"), SMALL, temporary=True)
    models.create(at("mt"), SMALL, temporary=True)
    assert models.find(at("m9")).temporary
    assert models.names("default_catalog", "default_database") == ["m9"]


def test_drop_takes_the_permanent_model_also_where_a_temporary_one_hides_it(models):
    models.create(at("m9"), M2)
    models.create(at("m9"), SMALL, temporary=True)
    models.drop(at("m9"))
    assert models.find(at("m9")).temporary
    assert problem(lambda: models.drop(at("m9"))) == (
        "Model with identifier 'default_catalog.default_database.m9' does not exist."
    )
    assert hint(lambda: models.drop(at("m9"))) == (
        "DROP TEMPORARY MODEL drops the temporary model of this name"
    )


def test_a_temporary_name_that_is_taken(models):
    models.create(at("mt"), SMALL, temporary=True)
    message = "Temporary model 'default_catalog.default_database.mt' already exists"
    assert problem(lambda: models.create(at("mt"), SMALL, temporary=True)) == message
    assert not models.create(at("mt"), M2, temporary=True, if_not_exists=True)
    assert models.create(at("mt"), M2, temporary=True, or_replace=True)
    assert models.find(at("mt")).input == M2.input


def test_a_temporary_model_never_touches_the_disk(models, catalog_file):
    models.create(at("mt"), M1, temporary=True)
    assert models.reveal(models.find(at("mt")), "api-key") == Secret("sk-secret", "127.0.0.1:28431")
    assert not catalog_file.parent.exists()


# -- DESCRIBE and SHOW -------------------------------------------------------------------------------


def test_describe(models):
    models.create(at("m2"), M2)
    assert models.describe(at("m2")) == (
        ("name", "type", "null", "is input"),
        (
            ("f1", "INT", "TRUE", "TRUE"),
            ("f2", "STRING", "FALSE", "TRUE"),
            ("label", "BIGINT", "TRUE", "FALSE"),
            ("probs", "ARRAY<FLOAT>", "TRUE", "FALSE"),
            ("r", "ROW<`a` INT, `b` STRING>", "TRUE", "FALSE"),
        ),
    )


def test_describe_shows_comments_when_some_column_has_one():
    columns = (ColumnDefinition("a", "STRING"), ColumnDefinition("b", "INT", comment="number"))
    assert describe(Model(at("m"), input=columns)) == (
        ("name", "type", "null", "is input", "comment"),
        (("a", "STRING", "TRUE", "TRUE", ""), ("b", "INT", "TRUE", "TRUE", "number")),
    )


def test_describing_a_model_that_is_missing(models):
    message = "Model with the identifier 'default_catalog.default_database.nosuch' doesn't exist."
    assert problem(lambda: models.describe(at("nosuch"))) == message


def test_show_create_masks_the_key_and_is_otherwise_flink_s_text(models):
    models.create(at("m1"), M1)
    assert models.show_create(at("m1")) == (
        "CREATE MODEL `default_catalog`.`default_database`.`m1`\n"
        "INPUT (`content` VARCHAR(2147483647) COMMENT 'User comment')\n"
        "OUTPUT (`label` VARCHAR(2147483647) COMMENT 'Sentiment label')\n"
        "COMMENT 'a model'\n"
        "WITH (\n"
        "  'api-key' = '******',\n"
        "  'endpoint' = 'http://127.0.0.1:28431/v1/chat/completions',\n"
        "  'model' = 'gpt-x',\n"
        "  'provider' = 'openai',\n"
        "  'task' = 'classification'\n"
        ")"
    )


def test_show_create_with_nested_types_and_quotes(models):
    models.create(at("m2"), M2)
    assert models.show_create(at("m2")) == (
        "CREATE MODEL `default_catalog`.`default_database`.`m2`\n"
        "INPUT (`f1` INT, `f2` VARCHAR(2147483647) NOT NULL)\n"
        "OUTPUT (`label` BIGINT, `probs` ARRAY<FLOAT>, `r` ROW<`a` INT, `b` VARCHAR(2147483647)>)\n"
        "WITH (\n"
        "  'k' = 'it''s',\n"
        "  'provider' = 'p'\n"
        ")"
    )


def test_show_create_of_a_temporary_model_with_odd_names(models):
    columns = (ColumnDefinition("a `b`", "STRING"),)
    models.create(at("my `m`"), Definition(output=columns, options={"provider": "x"}), temporary=True)
    assert models.show_create(at("my `m`")) == (
        "CREATE TEMPORARY MODEL `default_catalog`.`default_database`.`my ``m```\n"
        "OUTPUT (`a ``b``` VARCHAR(2147483647))\n"
        "WITH (\n"
        "  'provider' = 'x'\n"
        ")"
    )


@pytest.mark.parametrize(
    ("declared", "shown"),
    [
        ("STRING", "VARCHAR(2147483647)"),
        ("ARRAY<STRING>", "ARRAY<VARCHAR(2147483647)>"),
        ("MAP<STRING, STRING NOT NULL>", "MAP<VARCHAR(2147483647), VARCHAR(2147483647) NOT NULL>"),
        ("ROW<`STRING` INT, `a``STRING` STRING>", "ROW<`STRING` INT, `a``STRING` VARCHAR(2147483647)>"),
        ("ROW<`a` INT 'a STRING'>", "ROW<`a` INT 'a STRING'>"),
        ("VARCHAR(10)", "VARCHAR(10)"),
    ],
)
def test_string_is_printed_as_varchar_but_not_within_names(declared, shown):
    model = Model(at("m"), input=(ColumnDefinition("c", declared),), options=(("k", "v"),))
    assert show_create(model).splitlines()[1] == f"INPUT (`c` {shown})"


def test_a_named_key_is_printed_as_written(models):
    models.create(at("m"), Definition(options={"api-key": "${KEY}", "provider": "x"}))
    assert "  'api-key' = '${KEY}',\n" in models.show_create(at("m"))


def test_showing_a_model_that_is_missing(models):
    message = (
        "Could not execute SHOW CREATE MODEL. Model with identifier"
        " `default_catalog`.`default_database`.`nosuch` does not exist."
    )
    assert problem(lambda: models.show_create(at("nosuch"))) == message


def test_models_are_listed_in_order(models):
    for name in ("m2", "m10", "my model", "m5"):
        models.create(at(name), SMALL)
    assert models.names("default_catalog", "default_database") == ["m10", "m2", "m5", "my model"]


def test_the_hint_names_the_nearest_model(models):
    models.create(at("sentiment"), SMALL)
    models.create(at("summary"), SMALL, temporary=True)
    assert hint(lambda: models.describe(at("sentimnt"))) == "did you mean sentiment?"
    assert hint(lambda: models.drop(at("SUMMARY"))) == "did you mean summary?"
    assert hint(lambda: models.describe(at("qqq"))) is None
