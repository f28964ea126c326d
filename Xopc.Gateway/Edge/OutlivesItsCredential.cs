namespace Xopc.Gateway.Edge;

/// <summary>Metadata of the short requests that end the very credential they came with: they are answered instead of cut off.</summary>
internal sealed record OutlivesItsCredential;
