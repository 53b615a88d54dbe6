package api

import _ "embed"

// descriptionPath is where the description of the wire is had.
const descriptionPath = "/openapi.json"

// description is the OpenAPI 3.1 document of the wire. It is generated from
// [Routes], and a test keeps it fresh.
//
//go:embed openapi.json
var description []byte
