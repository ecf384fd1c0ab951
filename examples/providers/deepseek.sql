-- DeepSeek. Run it with a key:   DEEPSEEK_API_KEY=... aisql --memory deepseek.sql
-- Under load it keeps a request waiting; a longer ai.timeout waits with it.

SET ai.timeout = '5 min';
SELECT ai_complete('deepseek:deepseek-chat', 'In one word: the capital of France?') AS answer;
