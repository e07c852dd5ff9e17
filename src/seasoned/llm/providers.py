"""From a model id to a model.

`resolve("openai:gpt-5")` gives a `Model`. Every provider that pydantic-ai knows is one; so is any server that speaks
OpenAI's chat completions (`openai:NAME` with a `base_url`), a model on this machine (`local:NAME`) and a recording
(`replay:FILE`). pydantic-ai is imported on first use only. Knows nothing of budgets or journals. Raises `UsageError`
for an id that means nothing, `ConfigError` for a key, an address or a package that is missing, `ProviderError` for a
recording that cannot be read.
"""

from pathlib import Path

from pydantic import Field

from seasoned.core.value import Value
from seasoned.errors import UsageError
from seasoned.llm.model import Model
from seasoned.llm.pacing import DEFAULT_RETRIES, PacedModel, Paces
from seasoned.llm.recording import ReplayModel

PROVIDERS = (
    "alibaba",
    "anthropic",
    "azure",
    "azure-responses",
    "bedrock",
    "cerebras",
    "cohere",
    "crusoe",
    "deepseek",
    "fireworks",
    "github-copilot",
    "google",
    "google-cloud",
    "groq",
    "heroku",
    "huggingface",
    "litellm",
    "local",
    "meta",
    "mistral",
    "moonshotai",
    "nebius",
    "ollama",
    "openai",
    "openai-chat",
    "openai-responses",
    "openrouter",
    "ovhcloud",
    "replay",
    "sambanova",
    "snowflake",
    "together",
    "vercel",
    "vllm",
    "xai",
    "zai",
)
"""Names that errors and help list. Others that pydantic-ai knows work too."""


class ProviderConfig(Value):
    """How patient to be with a provider."""

    timeout_s: float = Field(default=120.0, gt=0)
    """Seconds that one attempt may take; a retry starts the clock again."""
    max_retries: int = Field(default=DEFAULT_RETRIES, ge=0)
    """Attempts after the first, on status 408, 409, 429 and 5xx, on lost connections and when time runs out; see
    `llm.pacing` for the waits between."""


DEFAULT_CONFIG = ProviderConfig()


def resolve(
    model_id: str,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    config: ProviderConfig = DEFAULT_CONFIG,
    paces: Paces | None = None,
) -> Model:
    """The model that an id names; a provider's is asked at a pace that adapts to it, and asked again where that helps.

    `openai:NAME` asks OpenAI's Responses API; with a `base_url` (or `OPENAI_BASE_URL`) it asks that server's chat
    completions, which every compatible server has. `openai-chat:` and `openai-responses:` choose one of the two.

    Args:
        model_id: `provider:model`; for a recording `replay:FILE`, for weights on this machine `local:FILE`.
        base_url: Where the provider's API is, up to and including `/v1`; None means the provider's own. Recordings and
            models on this machine have no address, and do without.
        api_key: The key; None means the one in the provider's environment variable. A key from the environment is
            never sent to a `base_url` given here, since a settings file that came with somebody's project could
            otherwise collect keys; give both, or set the base URL in the environment too.
        config: Retries and time limits.
        paces: Where models of one provider and address find the pace that they share; None means a pace of its own.

    Raises:
        UsageError: If the id is not `provider:model`, or the provider is not known.
        ConfigError: If a key, a package or an address is missing; it names the variable or the install command.
        ProviderError: If a recording cannot be read.
    """
    provider, name = _parts(model_id)
    if provider == "replay":
        return ReplayModel(Path(name))
    if provider == "local":
        from seasoned.llm.local import LocalModel

        return LocalModel(name, config)
    # Importing pydantic-ai takes seconds, which `import seasoned` and offline work must not pay.
    from seasoned.llm.connect import connect

    model = connect(provider, name, base_url=base_url, api_key=api_key, config=config)
    return PacedModel(model, (paces or Paces()).of(provider, base_url), config.max_retries)


def _parts(model_id: str) -> tuple[str, str]:
    """The provider, and what it knows the model by."""
    provider, _, name = model_id.partition(":")
    if not provider or not name:
        raise UsageError(
            f"{model_id!r} is not a model id",
            why="a model id is provider:model, such as openai:gpt-5 or replay:FILE",
            hint=f"Known providers: {', '.join(PROVIDERS)}",
        )
    return provider, name
