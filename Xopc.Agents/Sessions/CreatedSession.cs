namespace Xopc.Agents.Sessions;

/// <summary>What creating came to.</summary>
/// <param name="Created">The session is new.</param>
/// <param name="Repeated">The same request made it before, under its idempotency key: the answer is that of a new one again.</param>
/// <param name="Conflict">The idempotency key belongs to another request; there is no session then.</param>
internal sealed record CreatedSession(Session Session, bool Created, bool Repeated = false, bool Conflict = false);
