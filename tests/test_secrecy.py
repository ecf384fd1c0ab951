"""Which names sound as if a secret was behind them."""

import pytest

from aisql.secrecy import is_unmistakable, sounds_secret

UNMISTAKABLE = """
api-key apiKey api_key API_KEY ApiKey APIKey apikey apikeys OPENAI_API_KEY ai.openai.api_key
api-key-2 openai-apikey access_key accessKey accessKeyId accessKeySecret aws.access-key private-key
privateKey auth-key secret client-secret client_secret secretKey secret.key app.secret.value
password PASSWORD db-password passwd pwd PWD db_pwd passphrase credential credentials
gcp-credentials-json bearer bearer-token authorization extra-header extra-headers extraHeader
EXTRA_HEADERS access-token apitoken accessTokens auth-token refresh_token
"""

LIKELY = """
key KEY keys hf-key mykey openaikey key-2 token TOKEN my.token hf_token HFToken hftoken x-auth oauth
basic-auth auth cookie cookies session-cookie signature x-signature sig jwt db_pass PASS passcode
"""

SLIPS = """
api-kye apikee api-ky apykey api-keey ApiKeY OPENAI_API_KYE pasword passwrd pass-word extra-heder
"""

ORDINARY = """
provider endpoint model task temperature top-p topP max-tokens maxTokens max_output_tokens
max-new-token min-tokens max-context-size tokens prompt-tokens completion_tokens total-tokens
token-count token-limit tokenizer stop stop-token eos-token seed n dimension dimensions user-prompt
system-prompt extra-body response-format retry-num keyspace monkey hotkey turkeys keyword keywords
key-size key.format keep-alive primary-key partition_key sort-key cache-key api api-version api_base
api-type api-url apis apply apikeyspace author authority auth-type bypass compass passage
pass-through passive secretary signature-version cookie-policy content-type presence-penalty stream
base_url type context-overflow-action error-handling-strategy retry-backoff-base-interval
execution.runtime-mode pipeline.name word extra_parameters
"""


@pytest.mark.parametrize("name", UNMISTAKABLE.split())
def test_the_names_of_secrets_are_known_in_every_spelling(name):
    assert (sounds_secret(name), is_unmistakable(name)) == (True, True)


@pytest.mark.parametrize("name", LIKELY.split())
def test_what_could_be_a_column_sounds_secret_and_is_not_unmistakable(name):
    assert (sounds_secret(name), is_unmistakable(name)) == (True, False)


@pytest.mark.parametrize("name", SLIPS.split())
def test_a_slip_sounds_like_what_was_meant(name):
    assert sounds_secret(name)


@pytest.mark.parametrize("name", ["", "-", "é", "密钥", *ORDINARY.split()])
def test_ordinary_names_do_not_sound_secret(name):
    assert (sounds_secret(name), is_unmistakable(name)) == (False, False)


def test_a_very_long_name_takes_no_long_time():
    assert not sounds_secret("a." * 50_000)
    assert not sounds_secret("aA1-" * 50_000)
