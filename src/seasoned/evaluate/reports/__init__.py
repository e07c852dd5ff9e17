"""Results as people and machines read them: drawings, pages, XML. Pure; nothing in a name is markup."""
