"""The questionnaire as data: instrument, dimensions, items, response scale; read, write, codebook."""
