"""The grammar of aisql's own statements and of AI calls inside queries (`aisql.lark`)."""
