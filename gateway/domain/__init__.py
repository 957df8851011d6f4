"""What admission decides, as pure functions: values in, values out."""
