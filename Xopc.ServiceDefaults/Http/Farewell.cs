using System.Globalization;
using System.Text;

namespace Xopc.ServiceDefaults.Http;

/// <summary>The data of a <c>bye</c> event.</summary>
/// <param name="Reason"><c>shutdown</c>.</param>
public sealed record FarewellData(string Reason);

/// <summary>
/// The last frame of an event stream whose process stops: when to come back, and that it was no failure. Without an id, so that a client's last event id
/// stays what it was and it goes on exactly there.
/// </summary>
public static class Farewell
{
    /// <summary>The <c>event:</c> line's value.</summary>
    public const string Event = "bye";

    // A restart takes about a second. Spread over another one: a thousand clients that come back in the same millisecond are a flood.
    private const int Earliest = 500;
    private const int Latest = 1500;

    /// <summary>For example <c>retry: 812\nevent: bye\ndata: {"reason":"shutdown"}\n\n</c>; each call has another <c>retry</c>.</summary>
    public static byte[] Frame() => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"retry: {Random.Shared.Next(Earliest, Latest + 1)}\nevent: {Event}\ndata: {{\"reason\":\"shutdown\"}}\n\n"));
}
