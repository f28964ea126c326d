namespace Xopc.Gateway.Proxy;

/// <summary>Annotation of a forwarded route: how long the first byte of an answer may take. Null: as long as the connection may be silent.</summary>
internal sealed record AnswerPatience(TimeSpan? Limit);
