using Xopc.Configuration;
using Xopc.Gateway;
using Xopc.ServiceDefaults;

return await ServiceProgram.RunAsync(args, async builder =>
{
    builder.AddXopcConfiguration();
    builder.AddServiceDefaults("xopc-gateway", builder.StartupPaths().LogsDirectory);
    builder.AddGateway(edge => edge.Proxy = true);

    var app = builder.Build();
    app.UseXopcEdge();
    app.MapGateway();
    await app.RunAsync();
});
