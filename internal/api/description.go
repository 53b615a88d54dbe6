package api

import _ "embed"

// descriptionPath is where the description of the wire is had.
const descriptionPath = "/openapi.json"

//go:embed openapi.json
var description []byte

// Description is the OpenAPI 3.1 document of the wire. It is generated from
// [Routes], and a test keeps it fresh.
func Description() string { return string(description) }
