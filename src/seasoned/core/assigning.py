"""Which skills a run is handed, drawn by a hash of the run: decided before it begins, the same whenever it is asked.

The draw of a run and a skill is `hash_fraction` of the JSON list of salt, run key and skill id; a skill with the
probability p is kept where its draw is below p. Nobody who does not know the salt can choose a run key by what it will
be handed. Pure. Raises `ValueError` for a probability that is none.
"""

import hmac

from seasoned.core.ids import hash_fraction, texts_json


def draw(run_key: str, skill_id: str, salt: bytes) -> float:
    """A number in [0, 1) for a run and a skill, uniform over runs and independent between skills.

    Args:
        run_key: Sets the run apart from every other one.
        skill_id: The skill.
        salt: The store's own secret, or what is derived from it for those who draw elsewhere: see `salt_for_agents`.
    """
    return hash_fraction(texts_json([salt.hex(), run_key, skill_id]))


def kept(run_key: str, skill_id: str, salt: bytes, probability: float) -> bool:
    """Whether a run is handed a skill that is kept with this probability, in (0, 1].

    One that is kept with the probability 1 always is.
    """
    if not 0.0 < probability <= 1.0:
        raise ValueError(f"{probability} is no probability to keep a skill with")
    return draw(run_key, skill_id, salt) < probability


def salt_for_agents(secret: bytes) -> bytes:
    """The salt by which agents that pull their prompt draw, where no store is: HMAC-SHA-256 of a store's own secret.

    Whoever may pull prompts knows it, and can tell from it neither the secret nor what the runs of the store itself
    are handed.
    """
    return hmac.digest(secret, b"skills of pulled prompts", "sha256")
