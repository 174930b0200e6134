"""The MCP server: what the data API and the model API answer, as tools for agents, over stdio or streamable HTTP."""
