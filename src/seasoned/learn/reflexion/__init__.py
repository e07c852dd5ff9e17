"""Reflexion: after a failed attempt a model plans the next one; the last plans are shown on the next attempt.

Source: N. Shinn, F. Cassano, E. Berman, A. Gopinath, K. Narasimhan, S. Yao, "Reflexion: Language Agents with Verbal
Reinforcement Learning", arXiv 2303.11366.
"""
