namespace Xopc.Agents.Sessions;

/// <summary>A session whose first turn has ended.</summary>
internal sealed record TitleRequest(string SessionKey, string FirstName, string Model);
