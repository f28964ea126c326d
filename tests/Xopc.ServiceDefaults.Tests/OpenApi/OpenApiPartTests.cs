using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.OpenApi;

namespace Xopc.ServiceDefaults.Tests.OpenApi;

public sealed class OpenApiPartTests
{
    [Fact]
    public async Task A_schema_is_what_the_serializer_does_names_enums_and_nulls()
    {
        var part = await PartAsync(app => app.MapGet("/api/things", () => "").RequireScope(OperatorScope.Read).Answers<Thing>());

        var thing = part["components"]!["schemas"]!["Thing"]!;
        Assert.Equal("""["bigName","kind","part"]""", thing["required"]!.ToJsonString());
        Assert.Equal("""["Round","Square"]""", thing["properties"]!["kind"]!["enum"]!.ToJsonString());
        Assert.Equal("""["string","null"]""", thing["properties"]!["maybe"]!["type"]!.ToJsonString());
        Assert.Equal("#/components/schemas/Piece", (string)thing["properties"]!["part"]!["$ref"]!);
        Assert.Equal("#/components/schemas/Piece", (string)thing["properties"]!["noPart"]!["anyOf"]![0]!["$ref"]!);
    }

    [Fact]
    public async Task A_type_that_is_read_and_written_has_two_schemas_where_they_differ()
    {
        var part = await PartAsync(app => app.MapPost("/api/things", () => "").RequireScope(OperatorScope.Write).Takes<Thing>("bigName|maybe").Answers<Thing>());

        var operation = part["paths"]!["/api/things"]!["post"]!;
        var body = operation["requestBody"]!["content"]!["application/json"]!["schema"]!["allOf"]!;
        Assert.NotEqual((string)body[0]!["$ref"]!, (string)operation["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["$ref"]!);
        Assert.Equal("""{"anyOf":[{"required":["bigName"]},{"required":["maybe"]}]}""", body[1]!.ToJsonString());
    }

    [Fact]
    public async Task What_is_hidden_is_left_out_and_an_endpoint_that_says_nothing_is_in_it_all_the_same()
    {
        var part = await PartAsync(app =>
        {
            app.MapGet("/internal/hidden", () => "").RequireScope(OperatorScope.Read).ExcludeFromDescription();
            app.MapDelete("/api/silent/{id:int}", (int id) => id).RequireScope(OperatorScope.Admin);
            app.MapGet("/open", () => "").Public("a reason");
        });

        Assert.Equal(["/api/silent/{id}", "/open"], part["paths"]!.AsObject().Select(path => path.Key));
        Assert.Equal("operator.admin", (string)part["paths"]!["/api/silent/{id}"]!["delete"]!["x-xopc-scope"]!);
        Assert.Equal("a reason", (string)part["paths"]!["/open"]!["get"]!["x-xopc-public"]!);
        Assert.Null(part["paths"]!["/open"]!["get"]!["responses"]!["401"]);
    }

    [Fact]
    public async Task A_type_in_no_context_is_named()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => PartAsync(app => app.MapGet("/x", () => "").Answers<OpenApiPartTests>()));

        Assert.Contains(nameof(OpenApiPartTests), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_types_of_one_name_are_named()
    {
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => PartAsync(app => app.MapGet("/x", () => "").Answers<Thing>().Answers<Other.Thing>(201)));

        Assert.Contains("same name", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<JsonObject> PartAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        await using var app = builder.Build();
        map(app);
        return OpenApiPart.Create(
            ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints), [new ApiShapes(typeof(OpenApiPartTests).Assembly, () => ThingsJson.Default, [])]);
    }
}

internal enum Form
{
    Round,
    Square,
}

internal sealed record Thing(string BigName, Form Kind, string? Maybe, Piece Part, Piece? NoPart);

internal sealed record Piece(int Size);

internal static class Other
{
    internal sealed record Thing(int Size);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Thing))]
[JsonSerializable(typeof(Other.Thing), TypeInfoPropertyName = "OtherThing")]
internal sealed partial class ThingsJson : JsonSerializerContext;
