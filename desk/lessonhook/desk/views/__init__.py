"""What a person may see. Each view has a JSON form; none has a body or a credential in it."""
