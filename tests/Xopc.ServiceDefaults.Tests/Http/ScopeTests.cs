using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.ServiceDefaults.Tests.Http;

public sealed class ScopeTests
{
    [Theory]
    [InlineData("/open", null, 200, "")]
    [InlineData("/read", null, 401, "UNAUTHORIZED")]
    [InlineData("/read", OperatorScope.Read, 200, "")]
    [InlineData("/write", OperatorScope.Read, 403, "Missing required scope: operator.write")]
    [InlineData("/write", OperatorScope.Write, 200, "")]
    [InlineData("/admin", OperatorScope.Write, 403, "Missing required scope: operator.admin")]
    [InlineData("/admin", OperatorScope.Admin, 200, "")]
    [InlineData("/forgotten", OperatorScope.Admin, 403, "declares no scope")]
    [InlineData("/undecided", OperatorScope.Write, 403, "Missing required scope: operator.admin")]
    [InlineData("/nowhere", null, 404, "NOT_FOUND")]
    public async Task The_scope_of_the_caller_is_held_against_the_endpoint(string path, OperatorScope? scope, int status, string expected)
    {
        await using var app = await StartAsync(scope);

        using var response = await app.Client.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(expected, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/read", 200)]
    [InlineData("/whole", 404)]
    [InlineData("/admin", 404)]
    [InlineData("/undecided", 404)]
    [InlineData("/write", 403)]
    [InlineData("/open", 200)]
    public async Task To_a_limited_caller_what_concerns_the_whole_installation_is_not_there(string path, int status)
    {
        await using var app = await StartAsync(OperatorScope.Read, agents: ["main"]);

        using var response = await app.Client.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_wrong_method_stays_405_and_a_forgotten_annotation_is_logged()
    {
        await using var app = await StartAsync(OperatorScope.Admin);

        using var wrong = await app.Client.DeleteAsync("/read", TestContext.Current.CancellationToken);
        using var forgotten = await app.Client.GetAsync("/forgotten", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, wrong.StatusCode);
        Assert.Contains(app.Logs.Lines, l => l.Level == LogLevel.Error && l.Message.Contains("/forgotten", StringComparison.Ordinal));
    }

    private static Task<TestApp> StartAsync(OperatorScope? scope, IReadOnlyList<string>? agents = null) => TestApp.StartAsync(app =>
    {
        app.UseApiErrors();
        app.Use((context, next) =>
        {
            if (scope is { } held)
            {
                context.SetPrincipal(new Principal("key:1", held, agents));
            }

            return next(context);
        });
        app.UseRouting();
        app.UseScopes();
        app.MapGet("/open", () => "ok").Public("a test");
        app.MapGet("/read", () => "ok").RequireScope(OperatorScope.Read);
        app.MapGet("/whole", () => "ok").RequireScope(OperatorScope.Read).WholeInstallation();
        app.MapGet("/write", () => "ok").RequireScope(OperatorScope.Write);
        app.MapGet("/admin", () => "ok").RequireScope(OperatorScope.Admin);
        app.MapGet("/forgotten", () => "ok");
        app.MapGet("/undecided", () => "ok").WithMetadata(new EndpointScope(null, null));
    });
}
