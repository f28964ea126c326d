namespace Xopc.Agents.Sessions;

/// <summary>Data of <c>session.*</c> events: <c>{"key":"…","name":"…"}</c>.</summary>
internal sealed record SessionChanged(string Key, string? Name = null, string? Status = null, IReadOnlyList<string>? Tags = null);
