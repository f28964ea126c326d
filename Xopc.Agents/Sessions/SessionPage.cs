namespace Xopc.Agents.Sessions;

/// <summary>One page of sessions. <paramref name="NextCursor"/> continues after the last item and stays right while sessions come and go.</summary>
internal sealed record SessionPage(IReadOnlyList<Session> Items, long Total, int Limit, int Offset, bool HasMore, string? NextCursor);
