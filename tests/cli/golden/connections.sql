-- options: --on-error continue
-- status: 1
-- API connections, as Singdata documents them.
SHOW CONNECTIONS;
CREATE API CONNECTION conn_bailian TYPE ai_function PROVIDER = 'bailian' BASE_URL = 'https://dashscope.aliyuncs.com/api/v1' API_KEY = 'sk-xxxxxxxxxxxxxxxxxxxxxxxx';
CREATE API CONNECTION conn_bailian TYPE ai_function PROVIDER = 'bailian';
CREATE API CONNECTION IF NOT EXISTS conn_bailian TYPE ai_function PROVIDER = 'bailian';
CREATE API CONNECTION named TYPE ai_function
  PROVIDER = 'openai'
  BASE_URL = 'https://api.openai.com/v1'
  API_KEY = '${OPENAI_KEY_OF_THE_TEAM}';
CREATE API CONNECTION demo TYPE ai_function PROVIDER = 'builtin';
SHOW CONNECTIONS;
SHOW CONNECTIONS LIKE 'conn%';
DESC CONNECTION conn_bailian;
DESCRIBE CONNECTION named;
SELECT ai_complete('demo:demo', 'Sentiment: I love it') AS answer;
SELECT ai_complete('connection:demo:demo', 'Sentiment: I love it') AS answer;
SELECT ai_complete('named:gpt-x', 'Hello');
CREATE API CONNECTION bad TYPE storage PROVIDER = 'openai';
CREATE API CONNECTION bad TYPE ai_function BASE_URL = 'https://example.com/v1';
CREATE API CONNECTION bad TYPE ai_function PROVIDER = 'openai' REGION = 'x';
DESC CONNECTION nosuch;
DROP CONNECTION nosuch;
DROP CONNECTION IF EXISTS nosuch;
DROP CONNECTION conn_bailian;
DROP API CONNECTION named;
DROP CONNECTION demo;
SHOW CONNECTIONS;
