// Package provenance says who runs this process and from where: by the kernel, and, marked
// as claimed, by the environment. It must never take for true what a variable says.
package provenance
