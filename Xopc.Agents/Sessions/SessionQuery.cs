namespace Xopc.Agents.Sessions;

/// <summary>What a list asks for; every value already checked.</summary>
/// <param name="SortColumn">A column of <see cref="SessionList.SortColumns"/>.</param>
internal sealed record SessionQuery(string? Status, string? Search, string? Channel, string SortColumn, bool Descending, int Limit, int Offset, SessionCursor? After);
