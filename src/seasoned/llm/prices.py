"""What a call would cost, by the offline table of genai-prices.

For estimates before anything is sent; what a call did cost is in its reply. Imports the table on first use, as loading
it takes long. Raises nothing: a price that is not known is None, never 0.
"""

_TABLE_NAMES = {
    "anthropic": "anthropic",
    "azure": "azure",
    "azure-responses": "azure",
    "bedrock": "aws",
    "cerebras": "cerebras",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks": "fireworks",
    "google": "google",
    "google-cloud": "google",
    "groq": "groq",
    "meta": "meta",
    "mistral": "mistral",
    "moonshotai": "moonshotai",
    "openai": "openai",
    "openai-chat": "openai",
    "openai-responses": "openai",
    "openrouter": "openrouter",
    "ovhcloud": "ovhcloud",
    "together": "together",
    "xai": "x-ai",
    "zai": "zai",
}
"""Our provider to the table's; the others have no prices, or, as routers and local servers, none of their own."""


def price_usd(model_id: str, input_tokens: int, output_tokens: int) -> float | None:
    """USD that a call of this size costs, without cached tokens.

    Args:
        model_id: `provider:model`. With an address of its own (`base_url`) a provider's prices may be others.
        input_tokens: At least 0.
        output_tokens: At least 0.

    Returns:
        None for a provider or model that the table does not hold, or holds without a price.
    """
    provider, _, name = model_id.partition(":")
    known = _TABLE_NAMES.get(provider)
    if known is None or not name:
        return None
    # The table holds models without any price; their 0 would read as free, so the price of one token tells.
    if not _listed_usd(known, name, 1, 1):
        return None
    return _listed_usd(known, name, input_tokens, output_tokens)


def _listed_usd(provider: str, name: str, input_tokens: int, output_tokens: int) -> float | None:
    from genai_prices import Usage, calc_price

    try:
        usage = Usage(input_tokens=input_tokens, output_tokens=output_tokens)
        return float(calc_price(usage, name, provider_id=provider).total_price)
    except (LookupError, ValueError):  # a model that is not in the table
        return None
