"""How past runs that met the condition of a skill ended: association, never cause."""
