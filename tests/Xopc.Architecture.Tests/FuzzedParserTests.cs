using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Xopc.Architecture.Tests;

/// <summary>
/// A static Parse, TryParse or Read of text, bytes, JSON or a request is named by a fuzz test, or stands here with the reason why not. Readers that are objects,
/// and what a parser has inside, are beyond this list: whoever writes one has to remember it.
/// </summary>
public sealed partial class FuzzedParserTests
{
    private static readonly Type[] Inputs =
    [
        typeof(string), typeof(ReadOnlySpan<char>), typeof(ReadOnlySpan<byte>), typeof(ReadOnlyMemory<byte>), typeof(byte[]), typeof(JsonElement), typeof(JsonNode),
        typeof(HttpRequest), typeof(IQueryCollection), typeof(Xopc.Contracts.Messages.StreamMessage),
    ];

    private static readonly Dictionary<string, string> Exempt = new(StringComparer.Ordinal)
    {
        ["ServiceRoles.Parse"] = "one of five words; the command line refuses every other before",
        ["ModelForms.Read"] = "behind ConfigPatch.Apply, whose fuzz test feeds it",
        ["Nonces.Read"] = "16 bytes whose length PrincipalVerifier has checked, which is fuzzed",
    };

    [Fact]
    public void Every_parser_of_ours_is_fed_with_random_bytes() =>
        Assert.Empty(Parsers().Where(static parser => !Exempt.ContainsKey(parser)).Except(Fuzzed()));

    [Fact]
    public void No_exemption_is_for_a_parser_that_is_gone_or_fuzzed() =>
        Assert.DoesNotContain(Exempt.Keys, static parser => !Parsers().Contains(parser) || Fuzzed().Contains(parser));

    [Fact]
    public void The_parsers_are_found() => Assert.True(Parsers().Count > 30 && Parsers().Contains("SessionKey.TryParse"));

    private static HashSet<string> Parsers() => Repository.Projects.Values
        .Where(static project => project.IsProduct && project.Name != "Xopc.AppHost")
        .SelectMany(static project => Assembly.Load(project.AssemblyName).GetTypes())
        .Where(static type => type.Namespace?.StartsWith("Xopc.", StringComparison.Ordinal) == true)
        .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(static method => !method.IsPrivate && Verb().IsMatch(method.Name) && method.GetParameters() is [var first, ..] && Inputs.Contains(first.ParameterType))
        .Select(static method => $"{method.DeclaringType!.Name}.{method.Name}")
        .ToHashSet(StringComparer.Ordinal);

    private static HashSet<string> Fuzzed() => Repository.Files("*FuzzTests.cs")
        .SelectMany(static file => Call().Matches(Repository.Read(file)))
        .Select(static call => call.Value)
        .ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex("^(?:Try)?(?:Parse|Read)(?![a-z])")]
    private static partial Regex Verb();

    [GeneratedRegex(@"\b[A-Z]\w*\.\w+\b")]
    private static partial Regex Call();
}
