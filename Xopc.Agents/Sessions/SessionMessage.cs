namespace Xopc.Agents.Sessions;

/// <summary>Data of the event <c>session.message</c>: something was said in a session that no run wrote.</summary>
/// <param name="Content">Null where it is longer than the event carries: it stands in the session.</param>
/// <param name="DeliveryId">The delivery that it is.</param>
internal sealed record SessionMessage(string Key, string Role, string? Content, DateTimeOffset Timestamp, string? DeliveryId);
