using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Xopc.Gateway.Tests.Abuse;

/// <summary>
/// A header with the number of the attack. A request that was reset may be on its way to its endpoint when its connection has ended already: by the mark it is
/// counted where it belongs, and one that was smuggled has none.
/// </summary>
internal static class AttackMark
{
    private const string Header = "x-attack";

    public static (string Name, string Value) Of(int number) => (Header, number.ToString(CultureInfo.InvariantCulture));

    /// <summary><c>POST /api/agent</c>, and with a mark <c>POST /api/agent #7</c>.</summary>
    public static string Describe(HttpRequest request) =>
        $"{request.Method} {request.Path}{(request.Headers.TryGetValue(Header, out var number) ? $" #{number}" : "")}";
}
